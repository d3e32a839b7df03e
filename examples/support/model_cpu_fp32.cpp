#include "support/models.hpp"

PROGRAMS_ENCODER(, fp32, cpu)
