#include "blob/azure/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "net/url.h"

namespace rawhaul::azure {
namespace {

constexpr size_t kMaxTextBytes = 300;
constexpr size_t kMaxCodeBytes = 64;
// Shorter values of a SAS ("c", "https") are no secret and stand in ordinary words.
constexpr size_t kMinSecretBytes = 8;

std::string_view Element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const size_t start = xml.find(open);
  if (start == std::string_view::npos) return {};
  xml.remove_prefix(start + open.size());
  const size_t end = xml.find(fmt::format("</{}>", name));
  return end == std::string_view::npos ? std::string_view() : xml.substr(0, end);
}

bool Repeats(std::string_view text, std::string_view secret) {
  return secret.size() >= kMinSecretBytes && text.find(secret) != std::string_view::npos;
}

bool RepeatsSas(std::string_view text, const Secret& sas) {
  if (ToLower(text).find("sig=") != std::string::npos) return true;
  net::Url query;
  query.query = sas.Reveal();
  const auto parameters = query.QueryParameters();
  return std::any_of(parameters.begin(), parameters.end(), [&](const auto& parameter) {
    return Repeats(text, parameter.second) || Repeats(text, PercentEncode(parameter.second));
  });
}

bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCodeBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

std::string ServiceCode(const net::HttpResponse& response, const Secret& sas) {
  const std::string_view header = response.header("x-ms-error-code");
  const std::string_view code = header.empty() ? Element(response.body, "Code") : header;
  return IsCode(code) && !RepeatsSas(code, sas) ? std::string(code) : std::string();
}

bool IsPlainText(std::string_view text) {
  return IsUtf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// The first line: those below hold ids and times of the request. Checked whole, lest a part of the SAS
// remains.
std::string ServiceText(const net::HttpResponse& response, const Secret& sas) {
  const std::string_view text = Element(response.body, "Message");
  if (RepeatsSas(text, sas)) return {};
  const std::string_view line = text.substr(0, std::min(text.find_first_of("\r\n"), kMaxTextBytes));
  return IsPlainText(line) ? std::string(line) : std::string();
}

// Codes of full storage: MemoryExtentStoreAtSizeLimit, BlockCountExceedsLimit, ...
bool TellsOfLimit(std::string_view code) {
  return code.find("Limit") != std::string_view::npos || code.find("Quota") != std::string_view::npos;
}

ErrorCode CodeOf(int status, std::string_view service_code) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return TellsOfLimit(service_code) ? ErrorCode::kResourceExhausted : ErrorCode::kConflict;
    case 412:
      return ErrorCode::kConflict;
    case 413:
    case 507:
      return ErrorCode::kResourceExhausted;
    case 408:
    case 429:
      return ErrorCode::kUnavailable;
    default:
      // A redirect is no passing trouble: the URL names the wrong place.
      return status >= 300 && status < 500 ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable;
  }
}

std::string_view Advice(int status, const Error& error, Purpose purpose) {
  const bool reads = purpose == Purpose::kReadBlob;
  if (status >= 300 && status < 400) return "redirects are not followed";
  if (status < 300) return reads ? "206 was expected" : "201 was expected";
  // Ids of blocks have one length within a blob.
  if (error.reason == "InvalidBlobOrBlock")
    return "another program may have written or staged a blob of this name";
  switch (error.code) {
    case ErrorCode::kPermissionDenied:
      return reads ? "the SAS must be valid and allow reading (sp=r)"
                   : "the SAS must be valid and allow writing (sp=w)";
    case ErrorCode::kNotFound:
      return reads ? "the blob must exist" : "the container must exist";
    case ErrorCode::kResourceExhausted:
      return "the storage is full";
    default:
      return {};
  }
}

}  // namespace

Error ErrorOf(const net::HttpResponse& response, const Secret& sas, Purpose purpose) {
  Error error;
  error.reason = ServiceCode(response, sas);
  error.code = CodeOf(response.status, error.reason);
  error.message = fmt::format("the storage answered {}", response.status);
  if (!error.reason.empty()) error.message += " " + error.reason;
  if (const std::string text = ServiceText(response, sas); !text.empty()) error.message += ": " + text;
  if (const std::string_view advice = Advice(response.status, error, purpose); !advice.empty()) {
    error.message += fmt::format(" ({})", advice);
  }
  return error;
}

}  // namespace rawhaul::azure
