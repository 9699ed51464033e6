// Of the checks of a container URL (SAS, destination policy, directory URL): nothing leads out of what the
// policy allows, and no error tells the query, which holds the signature.
#include <algorithm>
#include <filesystem>
#include <string>

#include "blob/azure/requests.h"
#include "blob/azure/sas.h"
#include "blob/container.h"
#include "blob/directory/directory_url.h"
#include "blob/limits.h"
#include "blob/url_checks.h"
#include "curl_url.h"
#include "net/url.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::CurlUrl;
using fuzz::Require;

constexpr std::string_view kAllowedOrigin = "http://127.0.0.1:10000";
constexpr std::string_view kAllowedTree = "/srv/exports";
constexpr std::string_view kSecret = "s3cret";
constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

const DestinationPolicy& Policy() {
  static const DestinationPolicy policy({std::string(kAllowedOrigin), "file://" + std::string(kAllowedTree)});
  return policy;
}

bool IsAzureOrigin(std::string_view origin) {
  constexpr std::string_view kStart = "https://";
  if (!origin.starts_with(kStart)) return false;
  origin.remove_prefix(kStart.size());
  const std::string_view domain = origin.substr(std::min(origin.find('.'), origin.size()));
  return !origin.starts_with('.') &&
         (domain == ".blob.core.windows.net:443" || domain == ".blob.core.usgovcloudapi.net:443" ||
          domain == ".blob.core.chinacloudapi.cn:443" || domain == ".blob.core.cloudapi.de:443");
}

bool IsAllowedPath(const std::string& path) {
  const bool within = path == kAllowedTree || path.starts_with(std::string(kAllowedTree) + "/");
  return within && (path + "/").find("/../") == std::string::npos && path.find('\0') == std::string::npos;
}

// An address within our own network is good for what is listed, so what is allowed for another reason must
// not say so.
void RequireAllowed(const std::string& text, Grounds grounds) {
  const bool is_listed = grounds == Grounds::kListed;
  if (directory::IsDirectoryUrl(text)) {
    Require(is_listed && IsAllowedPath(directory::ParseDirectoryUrl(text).value().native()),
            "a directory lies in an allowed tree");
    return;
  }
  const std::string origin = CurlUrl(text).Origin();
  Require(origin.empty() || (is_listed ? origin == kAllowedOrigin : IsAzureOrigin(origin)),
          "an allowed host is listed, or Azure's");
}

// The requests of an export go to the container that was checked, whatever its prefix and its SAS are.
void RequireRequestsStay(const azure::ContainerAddress& address, const std::string& text) {
  Require(IsUtf8(address.prefix), "a prefix is text");
  const auto request =
      azure::PutBlock(address, "Event_2026-01-01_2026-01-02_7.json", NewReceipt(0, "x"), "x");
  Require(request.url.starts_with(address.url + "/"), "a blob lies in its container");
  const auto parameters = net::ParseUrl(request.url).value().QueryParameters();
  for (const std::string_view name : {"comp", "blockid", "restype", "snapshot", "versionid"}) {
    const auto count = std::count_if(parameters.begin(), parameters.end(),
                                     [&](const auto& p) { return p.first == name && !p.second.empty(); });
    Require(count == (name == "comp" || name == "blockid" ? 1 : 0), "the SAS changes no operation");
  }
  const CurlUrl sent(request.url);
  const CurlUrl checked(text);
  if (!sent.usable() || !checked.usable()) return;
  Require(sent.Origin() == checked.Origin(), "a blob is sent to the host that was checked");
  Require(sent.Part(CURLUPART_PATH).starts_with(CurlUrl(address.url).Part(CURLUPART_PATH) + "/"),
          "a blob is sent into its container");
}

void RequireSilent(const Error& error, const std::string& text) {
  Require(error.code == ErrorCode::kInvalidArgument && !error.message.empty() && !error.reason.empty(),
          "a refusal says why");
  const bool only_in_query = ToLower(text.substr(0, text.find('?'))).find(kSecret) == std::string::npos;
  Require(!only_in_query || error.message.find(kSecret) == std::string::npos,
          "an error does not tell the SAS");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Secret url = TidyUrl(Secret(std::string(fuzz::AsText(data, size))));
  const std::string& text = url.Reveal();
  const auto allowed = Policy().Check(url);
  if (allowed) {
    RequireAllowed(text, *allowed);
  } else {
    RequireSilent(allowed.error(), text);
  }
  if (directory::IsDirectoryUrl(text)) return 0;
  const auto address = azure::ParseContainerUrl(url, kNow);
  if (!address) {
    RequireSilent(address.error(), text);
  } else if (allowed) {
    RequireRequestsStay(*address, text);
  }
  return 0;
}
