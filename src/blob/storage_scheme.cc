#include "blob/storage_scheme.h"

#include <algorithm>
#include <array>

#include "blob/azure/azure_scheme.h"
#include "blob/directory/directory_scheme.h"

namespace rawhaul {

std::span<const StorageScheme* const> StorageSchemes() {
  static const std::array<const StorageScheme*, 2> schemes{&directory::Scheme(), &azure::Scheme()};
  return schemes;
}

const StorageScheme& SchemeOf(const Secret& url) {
  const auto schemes = StorageSchemes();
  const auto found = std::find_if(schemes.begin(), schemes.end(),
                                  [&](const StorageScheme* scheme) { return scheme->Takes(url.Reveal()); });
  return found == schemes.end() ? azure::Scheme() : **found;
}

}  // namespace rawhaul
