// The requests of the Blob service that exports and imports need, built without any I/O. Their URLs hold the
// SAS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "blob/azure/sas.h"
#include "blob/container.h"
#include "net/http_client.h"

namespace rawhaul::azure {

// The base64 form of the block's number in ten digits: all ids of a blob must have one length.
std::string BlockId(uint32_t index);

// PUT {container}/{blob}?{SAS}&comp=block&blockid={id}. What `data` views must outlive the request. No
// checksum is sent along: then the service answers with the one of what it received (ArrivedDamaged).
net::HttpRequest PutBlock(const ContainerAddress& container, std::string_view blob, uint32_t index,
                          const ByteParts& data);

// <?xml ...?><BlockList><Latest>{id}</Latest>...</BlockList>. `Latest` finds a block whether it is committed
// yet or not, so that a commit whose answer was lost may be sent again.
std::string BlockListXml(uint32_t blocks);

// Whether the answer says that something else arrived than `data`, the body of the request: either the
// service found that by the request's checksum (400 Md5Mismatch), or the one that it answers,
// x-ms-content-crc64, is not that of `data`: the base64 form of the CRC's bytes in little-endian order.
bool ArrivedDamaged(const net::HttpResponse& response, const ByteParts& data);

// PUT {container}/{blob}?{SAS}&comp=blocklist. `xml` must outlive the request.
net::HttpRequest PutBlockList(const ContainerAddress& container, std::string_view blob, std::string_view xml,
                              const BlobProperties& properties);

// GET {blob}?{SAS}, for `bytes` bytes from `first` on.
net::HttpRequest GetRange(const BlobAddress& blob, uint64_t first, size_t bytes);

}  // namespace rawhaul::azure
