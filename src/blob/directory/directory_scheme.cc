#include "blob/directory/directory_scheme.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "blob/directory/directory_container.h"
#include "blob/directory/directory_url.h"
#include "blob/directory/file_source.h"
#include "blob/url_checks.h"

namespace rawhaul::directory {
namespace {

bool AllowsDirectory(std::string_view entry, const std::filesystem::path& path) {
  if (!IsDirectoryUrl(entry)) return false;
  const auto tree = ParseDirectoryUrl(entry);
  if (!tree || !IsWithin(path, *tree)) return false;
  // A link within the tree may lead out of it.
  std::error_code failed;
  const auto real_path = std::filesystem::weakly_canonical(path, failed);
  if (failed) return false;
  const auto real_tree = std::filesystem::weakly_canonical(*tree, failed);
  return !failed && IsWithin(real_path, real_tree);
}

class DirectoryScheme final : public StorageScheme {
 public:
  bool Takes(std::string_view url) const override { return IsDirectoryUrl(url); }

  bool IsEntry(std::string_view entry) const override {
    return IsDirectoryUrl(entry) && ParseDirectoryUrl(entry).has_value();
  }

  Result<Grounds> Check(const Secret& url, std::span<const std::string> entries) const override {
    RAWHAUL_ASSIGN(const auto path, ParseDirectoryUrl(url.Reveal()));
    const auto allows = [&](const std::string& entry) { return AllowsDirectory(entry, path); };
    if (std::any_of(entries.begin(), entries.end(), allows)) return Grounds::kListed;
    return NotAllowed("this directory");
  }

  Result<std::unique_ptr<Container>> OpenContainer(const Secret& url, Grounds,
                                                   const StorageEnvironment& environment) const override {
    RAWHAUL_ASSIGN(const auto path, ParseDirectoryUrl(url.Reveal()));
    return MakeContainer(path, environment.owner);
  }

  Result<std::string> PlaceOf(const Secret& container_url) const override {
    RAWHAUL_ASSIGN(const auto path, ParseDirectoryUrl(container_url.Reveal()));
    return path.lexically_normal().string();
  }

  Result<std::unique_ptr<BlobSource>> OpenSource(const Secret& url, Grounds,
                                                 const StorageEnvironment&) const override {
    RAWHAUL_ASSIGN(const auto path, ParseDirectoryUrl(url.Reveal()));
    return MakeSource(path);
  }
};

}  // namespace

const StorageScheme& Scheme() {
  static const DirectoryScheme scheme;
  return scheme;
}

}  // namespace rawhaul::directory
