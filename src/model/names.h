// Tables of the names that enumerators have on the wire and in the catalog.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace rawhaul {

template <typename Enum, size_t kSize>
using Names = std::array<std::pair<Enum, std::string_view>, kSize>;

template <typename Enum, size_t kSize>
std::string_view NameOf(const Names<Enum, kSize>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "";
}

// In any case; nullopt when there is no such name.
template <typename Enum, size_t kSize>
std::optional<Enum> ValueOf(const Names<Enum, kSize>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (EqualsIgnoreCase(name, text)) return value;
  }
  return std::nullopt;
}

}  // namespace rawhaul
