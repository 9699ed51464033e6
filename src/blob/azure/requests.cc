#include "blob/azure/requests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc64.h"
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

std::string BlockId(uint32_t index) { return Base64Encode(fmt::format("{:010}", index)); }

net::HttpRequest PutBlock(const ContainerAddress& container, std::string_view blob, uint32_t index,
                          const ByteParts& data) {
  return Put(container, blob, "comp=block&blockid=" + PercentEncode(BlockId(index)), data);
}

bool ArrivedDamaged(const net::HttpResponse& response, const ByteParts& data) {
  if (response.status == 400) return response.header("x-ms-error-code") == "Md5Mismatch";
  const std::string_view stored = response.header("x-ms-content-crc64");
  return !stored.empty() && stored != Base64Encode(LittleEndian(Crc64(data)));
}

std::string BlockListXml(uint32_t blocks) {
  std::string xml = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
  for (uint32_t i = 0; i < blocks; ++i)
    fmt::format_to(std::back_inserter(xml), "<Latest>{}</Latest>", BlockId(i));
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
