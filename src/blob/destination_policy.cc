#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "blob/container.h"
#include "blob/directory/directory_url.h"
#include "blob/reasons.h"
#include "net/url.h"

namespace rawhaul {
namespace {

constexpr std::array<std::string_view, 4> kAzureDomains{
    ".blob.core.windows.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
    ".blob.core.cloudapi.de",
};

tl::unexpected<Error> NotAllowed(std::string_view what) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format(
          "storage at {} is not allowed here; allowed are Azure's https://{{account}}.blob.core.* hosts "
          "and what the server's configuration lists",
          what),
      std::string(reason::kDestinationNotAllowed));
}

bool IsAzure(const net::Url& url) {
  if (url.scheme != "https" || url.port != 443) return false;
  const std::string_view host = url.host;
  const size_t dot = std::min(host.find('.'), host.size());
  return dot > 0 &&
         std::find(kAzureDomains.begin(), kAzureDomains.end(), host.substr(dot)) != kAzureDomains.end();
}

bool IsOrigin(const net::Url& url) {
  return (url.scheme == "http" || url.scheme == "https") && !url.has_user_info && url.query.empty() &&
         (url.path.empty() || url.path == "/");
}

bool AllowsOrigin(std::string_view entry, std::string_view origin) {
  const auto allowed = net::ParseUrl(entry);
  return allowed && IsOrigin(*allowed) && allowed->Origin() == origin;
}

bool AllowsDirectory(std::string_view entry, const std::filesystem::path& path) {
  if (!directory::IsDirectoryUrl(entry)) return false;
  const auto tree = directory::ParseDirectoryUrl(entry);
  if (!tree || !directory::IsWithin(path, *tree)) return false;
  // A link within the tree may lead out of it.
  std::error_code failed;
  const auto real_path = std::filesystem::weakly_canonical(path, failed);
  if (failed) return false;
  const auto real_tree = std::filesystem::weakly_canonical(*tree, failed);
  return !failed && directory::IsWithin(real_path, real_tree);
}

}  // namespace

Status DestinationPolicy::Validate() const {
  for (const std::string& entry : allow_) {
    const auto url = net::ParseUrl(entry);
    const bool valid = directory::IsDirectoryUrl(entry) ? directory::ParseDirectoryUrl(entry).has_value()
                                                        : url && IsOrigin(*url);
    if (!valid) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("\"{}\" is no destination; write https://host, http://host:port or file:///directory",
                      entry));
    }
  }
  return {};
}

Result<DestinationPolicy::Grounds> DestinationPolicy::Check(const Secret& storage) const {
  const std::string& text = storage.Reveal();
  if (directory::IsDirectoryUrl(text)) {
    RAWHAUL_ASSIGN(const auto path, directory::ParseDirectoryUrl(text));
    const auto allows = [&](const std::string& entry) { return AllowsDirectory(entry, path); };
    if (std::any_of(allow_.begin(), allow_.end(), allows)) return Grounds::kListed;
    return NotAllowed("this directory");
  }
  const auto url = net::ParseUrl(text);
  if (!url) {
    return Fail(ErrorCode::kInvalidArgument, "the storage's URL is " + url.error().message,
                std::string(reason::kInvalidContainerUrl));
  }
  const std::string origin = url->Origin();
  if (url->has_user_info) return NotAllowed(origin);
  const auto allows = [&](const std::string& entry) { return AllowsOrigin(entry, origin); };
  if (std::any_of(allow_.begin(), allow_.end(), allows)) return Grounds::kListed;
  if (IsAzure(*url)) return Grounds::kAzure;
  return NotAllowed(origin);
}

}  // namespace rawhaul
