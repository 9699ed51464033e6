#include "blob/azure/sas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "blob/limits.h"
#include "blob/reasons.h"
#include "net/url.h"

namespace rawhaul::azure {
namespace {

// Leaves room for file names within Azure's 1,024.
constexpr size_t kMaxPrefixBytes = 800;
// Clients sign with their own clocks, and often from "now".
constexpr std::chrono::minutes kClockSkew{5};

tl::unexpected<Error> Refuse(std::string_view reason, std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), std::string(reason));
}

// What a URL is for, and how it is called in errors.
struct UrlUse {
  std::string_view field;
  std::string_view place;      // "{container}"
  std::string_view act;        // that the SAS must allow
  char permission;             // which is this letter of sp
  std::string_view resources;  // values of sr
  std::string_view resource_rule;
  std::string_view invalid;  // reasons
  std::string_view not_permitted;
};

constexpr UrlUse kContainerUrl{
    .field = "containerUrl",
    .place = "{container}",
    .act = "writing",
    .permission = 'w',
    .resources = "cd",
    .resource_rule = "is for a single blob or a share; it must be for the container (sr=c)",
    .invalid = reason::kInvalidContainerUrl,
    .not_permitted = reason::kSasNoWritePermission,
};
constexpr UrlUse kBlobUrl{
    .field = "storageUrl",
    .place = "{container}/{blob}",
    .act = "reading",
    .permission = 'r',
    .resources = "bcd",
    .resource_rule = "is for a share; it must be for the blob or its container (sr=b or sr=c)",
    .invalid = reason::kInvalidStorageUrl,
    .not_permitted = reason::kSasNoReadPermission,
};

tl::unexpected<Error> BadUrl(const UrlUse& use, std::string_view why) {
  return Refuse(use.invalid,
                fmt::format("{} {}; it must be https://{{account}}.blob.core.windows.net/{}?{{SAS}}",
                            use.field, why, use.place));
}

// ---- The path

// Decoded, in order, without the empty ones at the end.
Result<std::vector<std::string>> PathSegments(const UrlUse& use, std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(path.empty() ? 0 : 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    auto decoded = PercentDecode(segment);
    if (!decoded) return BadUrl(use, "has a malformed percent-encoding in its path");
    segments.push_back(*std::move(decoded));
  }
  return segments;
}

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsAccountName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 && std::all_of(name.begin(), name.end(), IsLowerOrDigit);
}

bool IsAddress(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Azure names the account in the host, or a custom domain stands for it; a domain has a dot. Emulators and
// the like, at an address or a name within a network, have the account in the path. host.docker.internal is
// such a name for Azurite, too, and the emulators' account is surely no container.
bool NamesAccountInPath(std::string_view host, std::string_view first_segment) {
  return IsAddress(host) || host.find('.') == std::string_view::npos || host == "host.docker.internal" ||
         first_segment == "devstoreaccount1";
}

bool IsContainerName(std::string_view name) {
  if (name == "$root" || name == "$web") return true;
  return name.size() >= 3 && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

Result<std::string> JoinPrefix(const UrlUse& use, const std::vector<std::string>& segments, size_t first) {
  std::string prefix;
  for (size_t i = first; i < segments.size(); ++i) prefix += segments[i] + "/";
  if (prefix.empty()) return prefix;
  if (prefix.size() > kMaxPrefixBytes) {
    return BadUrl(use, fmt::format("has more than {} bytes of path after the container", kMaxPrefixBytes));
  }
  if (!CheckBlobName(std::string_view(prefix).substr(0, prefix.size() - 1))) {
    return BadUrl(use, "has an empty segment, a \".\", a \"..\" or a character that is no text in its path");
  }
  return prefix;
}

Result<net::Url> Parse(const UrlUse& use, const Secret& text) {
  auto url = net::ParseUrl(text.Reveal());
  if (!url) return BadUrl(use, "is " + url.error().message);
  return url;
}

Result<ContainerAddress> Locate(const UrlUse& use, const net::Url& url) {
  if (url.scheme != "https" && url.scheme != "http") return BadUrl(use, "is not an https URL");
  if (url.has_user_info) return BadUrl(use, "has a user name in front of its host");
  RAWHAUL_ASSIGN(const std::vector<std::string> segments, PathSegments(use, url.path));
  const bool account_in_path = !segments.empty() && NamesAccountInPath(url.host, segments[0]);
  const size_t container = account_in_path ? 1 : 0;
  if (segments.size() <= container) return BadUrl(use, "names no container in its path");
  if (account_in_path && !IsAccountName(segments[0])) {
    return BadUrl(
        use,
        "has no account of 3 to 24 lower-case letters and digits, neither in its host nor first in its path");
  }
  if (!IsContainerName(segments[container])) {
    return BadUrl(use,
                  "has a container name that is not 3 to 63 lower-case letters, digits and single hyphens");
  }
  ContainerAddress address{.url = url.Origin(), .prefix = {}, .sas = Secret(url.query)};
  for (size_t i = 0; i <= container; ++i) address.url += "/" + PercentEncode(segments[i], "$");
  RAWHAUL_ASSIGN(address.prefix, JoinPrefix(use, segments, container + 1));
  return address;
}

// ---- The signature

class Parameters {
 public:
  explicit Parameters(const net::Url& url) : values_(url.QueryParameters()) {}

  // The first value, empty when there is none.
  std::string_view operator[](std::string_view name) const {
    const auto found =
        std::find_if(values_.begin(), values_.end(), [&](const auto& v) { return v.first == name; });
    return found == values_.end() ? std::string_view() : std::string_view(found->second);
  }
  bool Has(std::string_view name) const { return !(*this)[name].empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

bool Contains(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

// yyyy-MM-dd, or a time to minutes, seconds or fractions of them: of ISO 8601 what the service reads.
std::optional<Timestamp> ParseSasTime(std::string_view text) {
  constexpr size_t kToMinutes = std::string_view("yyyy-MM-ddTHH:mm").size();
  constexpr size_t kColon = std::string_view("yyyy-MM-ddTHH").size();
  if (const auto day = ParseDay(text)) return Timestamp(*day);
  if (text.size() <= kToMinutes || text[kColon] != ':') return std::nullopt;
  return ParseTimestamp(text);
}

// Parameters of operations: they would change what a request does.
Status CheckNothingElse(const UrlUse& use, const Parameters& sas) {
  for (const std::string_view name : {"comp", "restype", "blockid", "snapshot", "versionid"}) {
    if (sas.Has(name))
      return BadUrl(use, fmt::format("has the parameter `{}`, which is not part of a SAS", name));
  }
  return {};
}

Status CheckSignature(const UrlUse& use, const Parameters& sas) {
  if (sas.Has("sig")) return {};
  return Refuse(
      reason::kSasMissing,
      fmt::format("{} has no shared access signature (`sig`); append a SAS that allows {} (sp={}) as the "
                  "URL's query",
                  use.field, use.act, use.permission));
}

Status CheckResource(const UrlUse& use, const Parameters& sas) {
  const bool is_account_sas = sas.Has("ss") || sas.Has("srt");
  if (is_account_sas && (!Contains(sas["ss"], 'b') || !Contains(sas["srt"], 'o'))) {
    return Refuse(
        reason::kSasWrongResource,
        fmt::format("the account SAS of {} must cover blobs (ss=b) and objects (srt=o)", use.field));
  }
  const bool is_resource = sas["sr"].size() == 1 && Contains(use.resources, sas["sr"].front());
  if (!is_account_sas && sas.Has("sr") && !is_resource) {
    return Refuse(reason::kSasWrongResource, fmt::format("the SAS of {} {}", use.field, use.resource_rule));
  }
  return {};
}

Status CheckPermission(const UrlUse& use, const Parameters& sas) {
  const bool left_to_policy = !sas.Has("sp") && sas.Has("si");
  if (left_to_policy || Contains(sas["sp"], use.permission)) return {};
  return Refuse(use.not_permitted, fmt::format("the SAS of {} does not allow {}; make one with sp={}",
                                               use.field, use.act, use.permission));
}

Status CheckTimes(const UrlUse& use, const Parameters& sas, Timestamp now) {
  if (!sas.Has("se") && !sas.Has("si")) return BadUrl(use, "has a SAS without an end (`se`)");
  const std::optional<Timestamp> start = ParseSasTime(sas["st"]);
  const std::optional<Timestamp> end = ParseSasTime(sas["se"]);
  if ((sas.Has("st") && !start) || (sas.Has("se") && !end)) {
    return BadUrl(use, "has a SAS whose start or end is not a time like 2030-01-31T23:59:59Z");
  }
  if (end && *end <= now) {
    return Refuse(reason::kSasExpired,
                  fmt::format("the SAS of {} has expired; make one that outlives the task", use.field));
  }
  if (start && *start > now + kClockSkew) {
    return Refuse(reason::kSasNotYetValid,
                  fmt::format("the SAS of {} is not valid yet; make one that starts now", use.field));
  }
  return {};
}

Status CheckProtocol(const UrlUse& use, const Parameters& sas, std::string_view scheme) {
  if (sas["spr"] != "https" || scheme == "https") return {};
  return Refuse(reason::kSasProtocolMismatch,
                fmt::format("the SAS of {} is for https only, but the URL is http", use.field));
}

Result<ContainerAddress> ParseAs(const UrlUse& use, const Secret& text, Timestamp now) {
  RAWHAUL_ASSIGN(const net::Url url, Parse(use, text));
  RAWHAUL_ASSIGN(ContainerAddress address, Locate(use, url));
  const Parameters sas(url);
  RAWHAUL_TRY(CheckNothingElse(use, sas));
  RAWHAUL_TRY(CheckSignature(use, sas));
  RAWHAUL_TRY(CheckResource(use, sas));
  RAWHAUL_TRY(CheckPermission(use, sas));
  RAWHAUL_TRY(CheckTimes(use, sas, now));
  RAWHAUL_TRY(CheckProtocol(use, sas, url.scheme));
  return address;
}

}  // namespace

Result<ContainerAddress> LocateContainer(const Secret& container_url) {
  RAWHAUL_ASSIGN(const net::Url url, Parse(kContainerUrl, container_url));
  return Locate(kContainerUrl, url);
}

Result<ContainerAddress> ParseContainerUrl(const Secret& container_url, Timestamp now) {
  return ParseAs(kContainerUrl, container_url, now);
}

Result<BlobAddress> ParseBlobUrl(const Secret& storage_url, Timestamp now) {
  RAWHAUL_ASSIGN(const ContainerAddress address, ParseAs(kBlobUrl, storage_url, now));
  if (address.prefix.empty()) return BadUrl(kBlobUrl, "names no blob in its container");
  const std::string blob = address.prefix.substr(0, address.prefix.size() - 1);
  return BlobAddress{
      .url = address.url + "/" + PercentEncode(blob, "/"), .sas = address.sas, .reach = address.reach};
}

}  // namespace rawhaul::azure
