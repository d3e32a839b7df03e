// expect: cot::shape: ranks 0 to 4 are supported
#include <cotangent/core/shape.hpp>

#if defined(COT_FAIL)
cot::shape<5> sizes;
#else
cot::shape<4> sizes;
#endif
