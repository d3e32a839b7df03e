#include "embed.inl"

template void embed<cot::bf16>(cot::cpu&, const embed_settings&);
