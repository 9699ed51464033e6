#include "http/response_head.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <ostream>  // status.hpp of Boost 1.81 needs it and does not include it

#include "base/encoding.h"

namespace rawhaul::http {
namespace {

constexpr std::string_view kTokenPunctuation = "!#$%&'*+-.^_`|~";

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kTokenPunctuation.find(c) != std::string_view::npos;
}

bool IsSafe(const Header& header) {
  const auto& [name, value] = header;
  return !name.empty() && std::all_of(name.begin(), name.end(), IsTokenCharacter) &&
         std::none_of(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool IsSetByServer(std::string_view name) {
  return EqualsIgnoreCase(name, "content-length") || EqualsIgnoreCase(name, "connection") ||
         EqualsIgnoreCase(name, "x-ms-request-id");
}

void AppendHeader(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

std::string_view Reason(int status) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {reason.data(), reason.size()};
}

}  // namespace

bool HasSafeHeaders(const Response& response) {
  return std::all_of(response.headers.begin(), response.headers.end(), IsSafe);
}

bool MayHaveBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string FormatHead(const Response& response, std::string_view request_id, Persistence persistence) {
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(Reason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!IsSetByServer(name)) AppendHeader(head, name, value);
  }
  if (!request_id.empty()) AppendHeader(head, "x-ms-request-id", request_id);
  if (MayHaveBody(response.status))
    AppendHeader(head, "Content-Length", std::to_string(response.body.size()));
  if (persistence == Persistence::kClose) AppendHeader(head, "Connection", "close");
  if (persistence == Persistence::kKeepAliveHttp10) AppendHeader(head, "Connection", "keep-alive");
  head.append("\r\n");
  return head;
}

}  // namespace rawhaul::http
