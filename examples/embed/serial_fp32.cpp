#include "embed.inl"

template void embed<cot::fp32>(cot::serial&, const embed_settings&);
