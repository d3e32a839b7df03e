#include "evaluate.inl"

template void evaluate<cot::fp32>(cot::cpu&, const evaluate_settings&);
