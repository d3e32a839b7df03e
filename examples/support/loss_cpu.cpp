#include "support/models.hpp"

PROGRAMS_LOSS(, float, cpu)
