#include "evaluate.inl"

template void evaluate<cot::fp32>(cot::serial&, const evaluate_settings&);
