#include "model/bert_on_cpu.hpp"

template class cot::model::bert<cot::fp32, cot::cpu>;
template struct cot::test::tiny_model<cot::fp32, cot::cpu>;
