#include "support/models.hpp"

PROGRAMS_ATTENTION(, float)
PROGRAMS_ATTENTION(, cot::bfloat16)
