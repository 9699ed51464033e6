#include <fmt/format.h>

#include <algorithm>

#include "blob/container.h"
#include "blob/storage_scheme.h"

namespace rawhaul {

Status DestinationPolicy::Validate() const {
  for (const std::string& entry : allow_) {
    const auto schemes = StorageSchemes();
    const bool valid = std::any_of(schemes.begin(), schemes.end(),
                                   [&](const StorageScheme* scheme) { return scheme->IsEntry(entry); });
    if (!valid) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("\"{}\" is no destination; write https://host, http://host:port or file:///directory",
                      entry));
    }
  }
  return {};
}

Result<Grounds> DestinationPolicy::Check(const Secret& storage) const {
  return SchemeOf(storage).Check(storage, allow_);
}

}  // namespace rawhaul
