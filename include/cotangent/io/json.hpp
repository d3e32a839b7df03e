#pragma once
// JSON: the value, its reader, its writer, and the cursor that names file and key path in errors.

#include <cotangent/io/json_field.hpp>   // IWYU pragma: export
#include <cotangent/io/json_reader.hpp>  // IWYU pragma: export
#include <cotangent/io/json_value.hpp>   // IWYU pragma: export
#include <cotangent/io/json_writer.hpp>  // IWYU pragma: export
