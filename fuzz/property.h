// What a fuzz target promises of every input. One target is one file NAME_fuzz.cc, which defines
// LLVMFuzzerTestOneInput; libFuzzer runs it on inputs that it makes up, and replay.cc on those of
// corpus/NAME.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

namespace rawhaul::fuzz {

// Ends the program where a property does not hold, which is how libFuzzer learns of it.
inline void Require(bool holds, std::string_view property,
                    const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold: %.*s\n", where.file_name(), static_cast<unsigned>(where.line()),
               static_cast<int>(property.size()), property.data());
  std::abort();
}

inline std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace rawhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
