#include "blob/url_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "blob/reasons.h"

namespace rawhaul {

Secret TidyUrl(const Secret& url) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::string_view text = url.Reveal();
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text.remove_suffix(text.size() - std::min(text.find_last_not_of(kBlanks) + 1, text.size()));
  const size_t query = std::min(text.find('?'), text.size());
  const std::string_view signature = text.substr(query);
  const size_t first = std::min(signature.find_first_not_of('?'), signature.size());
  if (first < 2) return Secret(std::string(text));
  return Secret(std::string(text.substr(0, query)) + "?" + std::string(signature.substr(first)));
}

std::string ServiceOf(const Secret& url) {
  constexpr std::string_view kBeforeHost = "://";
  const Secret tidy = TidyUrl(url);
  std::string text = tidy.Reveal().substr(0, tidy.Reveal().find('?'));
  const size_t before_host = text.find(kBeforeHost);
  if (before_host == std::string::npos) return text;
  const size_t host = before_host + kBeforeHost.size();
  const size_t end = std::min(text.find('/', host), text.size());
  return end > host ? text.substr(0, end) : text;
}

tl::unexpected<Error> NotAllowed(std::string_view what) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format(
          "storage at {} is not allowed here; allowed are Azure's https://{{account}}.blob.core.* hosts "
          "and what the server's configuration lists",
          what),
      std::string(reason::kDestinationNotAllowed));
}

Status RefuseUrl(const Status& check) {
  if (check || check.error().code == ErrorCode::kUnavailable || check.error().code == ErrorCode::kCanceled)
    return check;
  Error error = check.error();
  error.code = ErrorCode::kInvalidArgument;
  return Fail(std::move(error));
}

}  // namespace rawhaul
