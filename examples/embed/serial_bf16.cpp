#include "embed.inl"

template void embed<cot::bf16>(cot::serial&, const embed_settings&);
