#include "evaluate.inl"

template void evaluate<cot::bf16>(cot::serial&, const evaluate_settings&);
