#include "blob/azure/requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"

namespace rawhaul::azure {
namespace {

constexpr std::string_view kServiceVersion = "2021-08-06";

net::HttpRequest Put(const ContainerAddress& container, std::string_view blob, std::string_view operation,
                     const ByteParts& body) {
  net::HttpRequest request;
  request.method = "PUT";
  request.url =
      fmt::format("{}/{}?{}&{}", container.url, PercentEncode(container.prefix + std::string(blob), "/"),
                  container.sas.Reveal(), operation);
  request.reach = container.reach;
  request.headers = {{"x-ms-version", std::string(kServiceVersion)}};
  request.body = body;
  return request;
}

std::string LittleEndian(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i, value >>= 8) bytes += static_cast<char>(value & 255);
  return bytes;
}

}  // namespace

std::string BlockId(const BlockReceipt& block) {
  return Base64Encode(Base64UrlDecode(block.id).value_or(block.id));
}

net::HttpRequest PutBlock(const ContainerAddress& container, std::string_view blob, const BlockReceipt& block,
                          const ByteParts& data) {
  return Put(container, blob, "comp=block&blockid=" + PercentEncode(BlockId(block)), data);
}

bool ArrivedDamaged(const net::HttpResponse& response, const BlockReceipt& block) {
  if (response.status == 400) return response.header("x-ms-error-code") == "Md5Mismatch";
  const std::string_view stored = response.header("x-ms-content-crc64");
  return !stored.empty() && stored != Base64Encode(LittleEndian(block.crc64));
}

std::string BlockListXml(std::span<const BlockReceipt> blocks, BlockState state) {
  const std::string_view element = state == BlockState::kCommitted ? "Committed" : "Uncommitted";
  std::string xml = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
  for (const BlockReceipt& block : blocks)
    fmt::format_to(std::back_inserter(xml), "<{0}>{1}</{0}>", element, BlockId(block));
  return xml + "</BlockList>";
}

net::HttpRequest PutBlockList(const ContainerAddress& container, std::string_view blob, std::string_view xml,
                              const BlobProperties& properties) {
  net::HttpRequest request = Put(container, blob, "comp=blocklist", xml);
  request.headers.emplace_back("Content-MD5", Base64Encode(Md5(xml)));
  request.headers.emplace_back("Content-Type", "application/xml");
  request.headers.emplace_back("x-ms-blob-content-type", properties.content_type);
  return request;
}

net::HttpRequest GetRange(const BlobAddress& blob, uint64_t first, size_t bytes) {
  net::HttpRequest request;
  request.method = "GET";
  request.url = fmt::format("{}?{}", blob.url, blob.sas.Reveal());
  request.reach = blob.reach;
  request.headers = {{"x-ms-version", std::string(kServiceVersion)},
                     {"Range", fmt::format("bytes={}-{}", first, first + bytes - 1)}};
  request.max_response_bytes = std::max(request.max_response_bytes, bytes);
  return request;
}

}  // namespace rawhaul::azure
