#include "embed.inl"

template void embed<cot::fp32>(cot::cpu&, const embed_settings&);
