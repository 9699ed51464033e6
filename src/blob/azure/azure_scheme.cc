#include "blob/azure/azure_scheme.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "blob/azure/azure_container.h"
#include "blob/azure/azure_source.h"
#include "blob/azure/sas.h"
#include "blob/reasons.h"
#include "blob/url_checks.h"
#include "net/url.h"

namespace rawhaul::azure {
namespace {

// What follows "{account}.blob" in Azure's public and sovereign hosts.
constexpr std::array<std::string_view, 4> kDomains{
    ".core.windows.net",
    ".core.usgovcloudapi.net",
    ".core.chinacloudapi.cn",
    ".core.cloudapi.de",
};

// "account" and "blob" of account.blob.core.windows.net.
struct Endpoint {
  std::string_view account;
  std::string_view service;
  std::string_view domain;
};

std::optional<Endpoint> EndpointOf(std::string_view host) {
  const auto domain =
      std::find_if(kDomains.begin(), kDomains.end(), [&](auto suffix) { return host.ends_with(suffix); });
  if (domain == kDomains.end()) return std::nullopt;
  host.remove_suffix(domain->size());
  const size_t dot = host.find('.');
  if (dot == 0 || dot == std::string_view::npos) return std::nullopt;
  return Endpoint{host.substr(0, dot), host.substr(dot + 1), *domain};
}

bool IsBlobEndpoint(const net::Url& url, const std::optional<Endpoint>& endpoint) {
  return url.scheme == "https" && url.port == 443 && endpoint && endpoint->service == "blob";
}

// An account has several, and only one of them takes blobs.
bool IsOtherService(const std::optional<Endpoint>& endpoint) {
  constexpr std::array<std::string_view, 4> kOthers{"dfs", "file", "queue", "table"};
  return endpoint && std::find(kOthers.begin(), kOthers.end(), endpoint->service) != kOthers.end();
}

tl::unexpected<Error> NoBlobs(const Endpoint& endpoint) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{0}.{1}{2} is the account's address for its {1} service; that for blobs is "
                          "https://{0}.blob{2}, with the same container and SAS",
                          endpoint.account, endpoint.service, endpoint.domain),
              std::string(reason::kDestinationNotAllowed));
}

tl::unexpected<Error> HasUserInfo(std::string_view origin) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the storage's URL has a user name in front of its host, and storage takes none: "
                          "begin it with {}",
                          origin),
              std::string(reason::kInvalidContainerUrl));
}

bool IsOrigin(const net::Url& url) {
  return (url.scheme == "http" || url.scheme == "https") && !url.has_user_info && url.query.empty() &&
         (url.path.empty() || url.path == "/");
}

bool AllowsOrigin(std::string_view entry, std::string_view origin) {
  const auto allowed = net::ParseUrl(entry);
  return allowed && IsOrigin(*allowed) && allowed->Origin() == origin;
}

net::Reach ReachOf(Grounds grounds) {
  return grounds == Grounds::kListed ? net::Reach::kAnyAddress : net::Reach::kPublicAddresses;
}

class AzureScheme final : public StorageScheme {
 public:
  bool Takes(std::string_view url) const override {
    const std::string scheme = ToLower(url.substr(0, url.find(':')));
    return scheme == "http" || scheme == "https";
  }

  bool IsEntry(std::string_view entry) const override {
    const auto url = net::ParseUrl(entry);
    return url && IsOrigin(*url);
  }

  Result<Grounds> Check(const Secret& storage, std::span<const std::string> entries) const override {
    const auto url = net::ParseUrl(storage.Reveal());
    if (!url) {
      return Fail(ErrorCode::kInvalidArgument, "the storage's URL is " + url.error().message,
                  std::string(reason::kInvalidContainerUrl));
    }
    const std::string origin = url->Origin();
    const auto endpoint = EndpointOf(url->host);
    if (url->has_user_info) return HasUserInfo(origin);
    if (IsOtherService(endpoint)) return NoBlobs(*endpoint);
    const auto allows = [&](const std::string& entry) { return AllowsOrigin(entry, origin); };
    if (std::any_of(entries.begin(), entries.end(), allows)) return Grounds::kListed;
    if (IsBlobEndpoint(*url, endpoint)) return Grounds::kAzure;
    return NotAllowed(origin);
  }

  Result<std::unique_ptr<Container>> OpenContainer(const Secret& url, Grounds grounds,
                                                   const StorageEnvironment& environment) const override {
    RAWHAUL_ASSIGN(auto address, ParseContainerUrl(url, environment.clock.Now()));
    address.reach = ReachOf(grounds);
    return MakeContainer(std::move(address), environment.client, environment.retry, environment.timer);
  }

  Result<std::string> PlaceOf(const Secret& container_url) const override {
    RAWHAUL_ASSIGN(const auto address, LocateContainer(container_url));
    return address.url + "/" + address.prefix;
  }

  Result<std::unique_ptr<BlobSource>> OpenSource(const Secret& url, Grounds grounds,
                                                 const StorageEnvironment& environment) const override {
    RAWHAUL_ASSIGN(auto address, ParseBlobUrl(url, environment.clock.Now()));
    address.reach = ReachOf(grounds);
    return MakeSource(std::move(address), environment.client, environment.retry, environment.timer);
  }
};

}  // namespace

const StorageScheme& Scheme() {
  static const AzureScheme scheme;
  return scheme;
}

}  // namespace rawhaul::azure
