#include "evaluate.inl"

template void evaluate<cot::bf16>(cot::cpu&, const evaluate_settings&);
