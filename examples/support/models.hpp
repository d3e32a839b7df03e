#pragma once
// The encoders, kernels and losses of the programs, compiled once, in the .cpp files beside this one.

#include <cotangent/backend/cpu.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/loss/any_loss.hpp>
#include <cotangent/model/folder.hpp>

#define PROGRAMS_ENCODER(LINKAGE, P, B) LINKAGE template class cot::model::basic_encoder<cot::P, cot::B>;

PROGRAMS_ENCODER(extern, fp32, cpu)
PROGRAMS_ENCODER(extern, bf16, cpu)
PROGRAMS_ENCODER(extern, fp32, serial)
PROGRAMS_ENCODER(extern, bf16, serial)

#define PROGRAMS_ATTENTION(LINKAGE, T)                                                  \
  LINKAGE template void cot::attention<T>(cot::cpu&, const cot::attention_problem<T>&); \
  LINKAGE template void cot::attention_pullback<T>(cot::cpu&, const cot::attention_pullback_problem<T>&);

PROGRAMS_ATTENTION(extern, float)
PROGRAMS_ATTENTION(extern, cot::bfloat16)

#define PROGRAMS_FOLDER(LINKAGE, P, B)                                                                      \
  LINKAGE template cot::model::loaded_encoder<cot::P, cot::B> cot::model::load_folder<cot::P, cot::B>(      \
      cot::B&, const std::string&, const cot::model::load_options&);                                        \
  LINKAGE template void cot::model::save_folder<cot::P, cot::B>(                                            \
      cot::model::basic_encoder<cot::P, cot::B>&, const cot::io::sentence_transformer&, const std::string&, \
      const std::string&, cot::io::publication);

PROGRAMS_FOLDER(extern, fp32, cpu)
PROGRAMS_FOLDER(extern, bf16, cpu)
PROGRAMS_FOLDER(extern, fp32, serial)
PROGRAMS_FOLDER(extern, bf16, serial)

#define PROGRAMS_LOSS(LINKAGE, T, B)                                               \
  LINKAGE template cot::loss::any_loss<T, cot::B> cot::loss::make_loss<T, cot::B>( \
      std::string_view, std::span<const std::pair<std::string, double>>);

PROGRAMS_LOSS(extern, float, cpu)
PROGRAMS_LOSS(extern, float, serial)
