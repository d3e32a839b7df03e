#include "finetune.inl"

template void finetune<cot::fp32>(cot::serial&, const finetune_settings&);
