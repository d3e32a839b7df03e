#include "model/bert_on_cpu.hpp"

template class cot::model::bert<cot::fp32, cot::cpu>;
