#include "api/collect_request.h"

#include <fmt/format.h>

#include "api/errors.h"
#include "base/encoding.h"
#include "base/logging.h"
#include "format/compressor.h"
#include "store/ingest_store.h"

namespace rawhaul::api {

std::function<std::string(const http::Request&)> PayerOf(const CollectKeyVerifier& keys) {
  return [&keys](const http::Request& request) {
    const auto app = keys.Recognize(request.header("authorization"));
    return app ? fmt::format("app {}", *app) : std::string();
  };
}

http::Response UnsupportedEncoding(std::string_view allowed) {
  return http::ErrorResponse(415, "UnsupportedMediaType",
                             "The Content-Encoding is not supported here; use " + std::string(allowed) + ".");
}

tl::expected<std::string_view, http::Response> UnpackBody(const http::Request& request, size_t max_bytes,
                                                          std::string& unpacked) {
  const std::string_view encoding = request.header("content-encoding");
  if (encoding.empty() || EqualsIgnoreCase(encoding, "identity")) return request.body;
  if (!EqualsIgnoreCase(encoding, "gzip")) return tl::unexpected(UnsupportedEncoding("gzip or none"));
  auto text = GunzipBounded(request.body, max_bytes);
  if (!text) return tl::unexpected(ToResponse(text.error()));
  unpacked = *std::move(text);
  return unpacked;
}

// A batch that damaged data keep from being stored (those of its device, say) is not at fault: whoever sent
// it is to keep it until the server is mended.
http::Response Refusal(const Error& error) {
  if (error.code != ErrorCode::kDataLoss) return ToResponse(error);
  log::Error("collect: {}", error.message);
  return ToResponse({ErrorCode::kUnavailable, "the server's store is damaged", std::string(kStoreDamaged)});
}

}  // namespace rawhaul::api
