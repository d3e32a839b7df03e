#include "support/models.hpp"

PROGRAMS_ENCODER(, bf16, cpu)
