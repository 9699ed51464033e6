#include "model/device_id.h"

#include "base/unicode.h"

namespace rawhaul {

std::optional<Guid> ParseDeviceId(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.size() > kMaxDeviceIdCharacters && CountCharacters(text) > kMaxDeviceIdCharacters)
    return std::nullopt;
  const auto guid = ParseGuid(text);
  return guid ? *guid : NameBasedGuid(text);
}

}  // namespace rawhaul
