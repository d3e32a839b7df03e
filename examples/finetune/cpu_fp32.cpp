#include "finetune.inl"

template void finetune<cot::fp32>(cot::cpu&, const finetune_settings&);
