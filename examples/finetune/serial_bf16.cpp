#include "finetune.inl"

template void finetune<cot::bf16>(cot::serial&, const finetune_settings&);
