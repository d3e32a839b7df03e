#include "finetune.inl"

template void finetune<cot::bf16>(cot::cpu&, const finetune_settings&);
