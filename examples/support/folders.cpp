#include "support/models.hpp"

PROGRAMS_FOLDER(, fp32, cpu)
PROGRAMS_FOLDER(, bf16, cpu)
PROGRAMS_FOLDER(, fp32, serial)
PROGRAMS_FOLDER(, bf16, serial)
