#include "base/country.h"

#include <unicode/locid.h>

#include <map>

#include "base/encoding.h"

namespace rawhaul {
namespace {

using Codes = std::map<std::string, std::string, std::less<>>;

Codes AllCodes() {
  Codes codes;
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
    const icu::Locale country("", *code);
    icu::UnicodeString name;
    std::string english;
    country.getDisplayCountry(icu::Locale::getEnglish(), name).toUTF8String(english);
    const std::string lower = ToLower(*code);
    for (const std::string_view known :
         {std::string_view(*code), std::string_view(country.getISO3Country()), std::string_view(english)}) {
      codes.emplace(ToLower(known), lower);
    }
  }
  return codes;
}

}  // namespace

std::optional<std::string> CountryCode(std::string_view country) {
  static const Codes codes = AllCodes();
  const auto found = codes.find(ToLower(country));
  return found == codes.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace rawhaul
