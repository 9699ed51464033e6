// JSON as a library reads it that has no part in the code under test.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string_view>

namespace rawhaul::fuzz {

struct ParsedJson {
  std::optional<boost::json::value>
      value;                     // nullopt: no JSON text of RFC 8259, or one that the library cannot hold
  bool has_huge_number = false;  // JSON as far as it goes, but with an exponent of more than 32 bits
};

inline ParsedJson ParseJson(std::string_view text, size_t max_depth = 64) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return {.value = {}, .has_huge_number = error == boost::json::error::exponent_overflow};
  return {.value = std::move(value)};
}

}  // namespace rawhaul::fuzz
