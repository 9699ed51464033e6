#include "client/server_address.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "net/url.h"

namespace rawhaul::client {
namespace {

// What stands before each name of an app in its path.
constexpr std::array<std::string_view, 4> kKeywords{
    "subscriptions", "resourceGroups", "providers/Microsoft.MobileEngagement/appcollections", "apps"};

bool IsLoopback(std::string_view host) {
  const bool is_address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (is_address && host.starts_with("127."));
}

tl::unexpected<Error> BadServer(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--server {}; it must be like https://rawhaul.example:8443", what));
}

tl::unexpected<Error> BadApp(std::string_view text) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("--app \"{}\" is no app; it must be SUBSCRIPTION/GROUP/COLLECTION/NAME, or the whole "
                  "path that `rawhaul app create` prints",
                  text));
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!EqualsIgnoreCase(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Up to the next slash; nullopt when nothing is there.
std::optional<std::string> TakeName(std::string_view& text) {
  std::string name(text.substr(0, text.find('/')));
  text.remove_prefix(name.size());
  return name.empty() ? std::nullopt : std::optional(std::move(name));
}

// The names of a path whose parts each begin with the keyword of their place, or, in the short form, only
// with a slash.
std::optional<std::vector<std::string>> TakeNames(std::string_view text, bool is_short) {
  std::vector<std::string> names;
  for (const std::string_view keyword : kKeywords) {
    if (!TakePrefix(text, is_short ? "/" : fmt::format("/{}/", keyword))) return std::nullopt;
    auto name = TakeName(text);
    if (!name) return std::nullopt;
    names.push_back(*std::move(name));
  }
  return text.empty() ? std::optional(std::move(names)) : std::nullopt;
}

}  // namespace

Result<std::string> ParseServer(std::string_view text, bool allow_plain_http) {
  const auto url = net::ParseUrl(text);
  if (!url || (url->scheme != "https" && url->scheme != "http")) return BadServer("is no URL of a server");
  if (url->has_user_info || !url->query.empty() || (!url->path.empty() && url->path != "/")) {
    return BadServer("has more than a host and a port");
  }
  if (url->scheme == "http" && !allow_plain_http && !IsLoopback(url->host)) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is not encrypted, and your secrets would go there; use https (--ca-cert names "
                    "a certificate of your own), or --allow-plain-http where the network is safe",
                    url->Origin()));
  }
  return url->Origin();
}

Result<AppPath> ParseApp(std::string_view text) {
  const bool is_short = !text.starts_with('/');
  auto names = TakeNames(is_short ? fmt::format("/{}", text) : std::string(text), is_short);
  if (!names) return BadApp(text);
  return AppPath{.subscription = std::move((*names)[0]),
                 .resource_group = std::move((*names)[1]),
                 .collection = std::move((*names)[2]),
                 .name = std::move((*names)[3])};
}

std::string UrlPathOf(const AppPath& app) {
  const std::array<std::string_view, 4> names{app.subscription, app.resource_group, app.collection, app.name};
  std::string path;
  for (size_t i = 0; i < names.size(); ++i) {
    path += fmt::format("/{}/{}", kKeywords[i], PercentEncode(names[i]));
  }
  return path;
}

}  // namespace rawhaul::client
