// Countries by their names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rawhaul {

// The ISO 3166-1 code of two lower-case letters of a country that is given by its code of two or three
// letters or its English name ("Netherlands"), in any case. nullopt for what is none. ICU brings the names.
std::optional<std::string> CountryCode(std::string_view country);

}  // namespace rawhaul
