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

constexpr size_t kMaxPrefixBytes = 800;  // leaves room for file names within Azure's 1,024
// Clients sign with their own clocks, and often from "now".
constexpr std::chrono::minutes kClockSkew{5};

tl::unexpected<Error> Refuse(std::string_view reason, std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message), std::string(reason));
}

tl::unexpected<Error> BadUrl(std::string_view why) {
  return Refuse(
      reason::kInvalidContainerUrl,
      fmt::format(
          "containerUrl {}; it must be https://{{account}}.blob.core.windows.net/{{container}}?{{SAS}}",
          why));
}

// ---- The path

// Decoded, in order, without the empty ones at the end.
Result<std::vector<std::string>> PathSegments(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(path.empty() ? 0 : 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    auto decoded = PercentDecode(segment);
    if (!decoded) return BadUrl("has a malformed percent-encoding in its path");
    segments.push_back(*std::move(decoded));
  }
  return segments;
}

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsAccountName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 && std::all_of(name.begin(), name.end(), IsLowerOrDigit);
}

bool IsContainerName(std::string_view name) {
  if (name == "$root" || name == "$web") return true;
  return name.size() >= 3 && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

Result<std::string> JoinPrefix(const std::vector<std::string>& segments, size_t first) {
  std::string prefix;
  for (size_t i = first; i < segments.size(); ++i) prefix += segments[i] + "/";
  if (prefix.empty()) return prefix;
  if (prefix.size() > kMaxPrefixBytes) {
    return BadUrl(fmt::format("has more than {} bytes of path after the container", kMaxPrefixBytes));
  }
  if (!CheckBlobName(std::string_view(prefix).substr(0, prefix.size() - 1))) {
    return BadUrl("has an empty segment, a \".\", a \"..\" or a character that is no text in its path");
  }
  return prefix;
}

Result<net::Url> Parse(const Secret& container_url) {
  auto url = net::ParseUrl(container_url.Reveal());
  if (!url) return BadUrl("is " + url.error().message);
  return url;
}

Result<ContainerAddress> Locate(const net::Url& url) {
  if (url.scheme != "https" && url.scheme != "http") return BadUrl("is not an https URL");
  if (url.has_user_info) return BadUrl("has a user name in front of its host");
  RAWHAUL_ASSIGN(const std::vector<std::string> segments, PathSegments(url.path));
  const bool account_in_host = url.host.find(".blob.") != std::string::npos;
  const size_t container = account_in_host ? 0 : 1;
  if (segments.size() <= container) return BadUrl("names no container in its path");
  if (!account_in_host && !IsAccountName(segments[0])) {
    return BadUrl(
        "has no account of 3 to 24 lower-case letters and digits, neither in its host nor first in its path");
  }
  if (!IsContainerName(segments[container])) {
    return BadUrl("has a container name that is not 3 to 63 lower-case letters, digits and single hyphens");
  }
  ContainerAddress address{.url = url.Origin(), .prefix = {}, .sas = Secret(url.query)};
  for (size_t i = 0; i <= container; ++i) address.url += "/" + PercentEncode(segments[i], "$");
  RAWHAUL_ASSIGN(address.prefix, JoinPrefix(segments, container + 1));
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

// yyyy-MM-dd, or a time to minutes, seconds or fractions of them.
std::optional<Timestamp> ParseSasTime(std::string_view text) {
  constexpr size_t kToMinutes = std::string_view("yyyy-MM-ddTHH:mm").size();
  if (const auto day = ParseDay(text)) return Timestamp(*day);
  if (const auto time = ParseTimestamp(text)) return time;
  if (text.size() <= kToMinutes) return std::nullopt;
  return ParseTimestamp(fmt::format("{}:00{}", text.substr(0, kToMinutes), text.substr(kToMinutes)));
}

// Parameters of operations: they would change what a request does.
Status CheckNothingElse(const Parameters& sas) {
  for (const std::string_view name : {"comp", "restype", "blockid", "snapshot", "versionid"}) {
    if (sas.Has(name)) return BadUrl(fmt::format("has the parameter `{}`, which is not part of a SAS", name));
  }
  return {};
}

Status CheckSignature(const Parameters& sas) {
  if (sas.Has("sig")) return {};
  return Refuse(reason::kSasMissing,
                "containerUrl has no shared access signature (`sig`); append a SAS of the container that "
                "allows writing "
                "(sp=w) as the URL's query");
}

Status CheckResource(const Parameters& sas) {
  const bool is_account_sas = sas.Has("ss") || sas.Has("srt");
  if (is_account_sas && (!Contains(sas["ss"], 'b') || !Contains(sas["srt"], 'o'))) {
    return Refuse(reason::kSasWrongResource,
                  "the account SAS of containerUrl must cover blobs (ss=b) and objects (srt=o)");
  }
  if (!is_account_sas && sas.Has("sr") && sas["sr"] != "c" && sas["sr"] != "d") {
    return Refuse(
        reason::kSasWrongResource,
        "the SAS of containerUrl is for a single blob or a share; it must be for the container (sr=c)");
  }
  return {};
}

Status CheckPermission(const Parameters& sas) {
  const bool left_to_policy = !sas.Has("sp") && sas.Has("si");
  if (left_to_policy || Contains(sas["sp"], 'w')) return {};
  return Refuse(reason::kSasNoWritePermission,
                "the SAS of containerUrl does not allow writing; make one with sp=w");
}

Status CheckTimes(const Parameters& sas, Timestamp now) {
  if (!sas.Has("se") && !sas.Has("si")) return BadUrl("has a SAS without an end (`se`)");
  const std::optional<Timestamp> start = ParseSasTime(sas["st"]);
  const std::optional<Timestamp> end = ParseSasTime(sas["se"]);
  if ((sas.Has("st") && !start) || (sas.Has("se") && !end)) {
    return BadUrl("has a SAS whose start or end is not a time like 2030-01-31T23:59:59Z");
  }
  if (end && *end <= now) {
    return Refuse(reason::kSasExpired,
                  "the SAS of containerUrl has expired; make one that outlives the export");
  }
  if (start && *start > now + kClockSkew) {
    return Refuse(reason::kSasNotYetValid,
                  "the SAS of containerUrl is not valid yet; make one that starts now");
  }
  return {};
}

Status CheckProtocol(const Parameters& sas, std::string_view scheme) {
  if (sas["spr"] != "https" || scheme == "https") return {};
  return Refuse(reason::kSasProtocolMismatch,
                "the SAS of containerUrl is for https only, but the URL is http");
}

}  // namespace

Result<ContainerAddress> LocateContainer(const Secret& container_url) {
  RAWHAUL_ASSIGN(const net::Url url, Parse(container_url));
  return Locate(url);
}

Result<ContainerAddress> ParseContainerUrl(const Secret& container_url, Timestamp now) {
  RAWHAUL_ASSIGN(const net::Url url, Parse(container_url));
  RAWHAUL_ASSIGN(ContainerAddress address, Locate(url));
  const Parameters sas(url);
  RAWHAUL_TRY(CheckNothingElse(sas));
  RAWHAUL_TRY(CheckSignature(sas));
  RAWHAUL_TRY(CheckResource(sas));
  RAWHAUL_TRY(CheckPermission(sas));
  RAWHAUL_TRY(CheckTimes(sas, now));
  RAWHAUL_TRY(CheckProtocol(sas, url.scheme));
  return address;
}

}  // namespace rawhaul::azure
