// Integers out of text.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace rawhaul {

// The whole of `text` is a decimal integer that T can hold, with a '-' in front where T is signed; else
// nullopt.
template <std::integral T>
std::optional<T> ParseInteger(std::string_view text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace rawhaul
