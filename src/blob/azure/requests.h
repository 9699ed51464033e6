// The requests of the Blob service that exports and imports need, built without any I/O. Their URLs hold the
// SAS.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "blob/azure/sas.h"
#include "blob/container.h"
#include "net/http_client.h"

namespace rawhaul::azure {

// The id of a block as the service has it: base64, of one length for all blocks.
std::string BlockId(const BlockReceipt& block);

// PUT {container}/{blob}?{SAS}&comp=block&blockid={id}. What `data` views must outlive the request. No
// checksum is sent along: then the service answers with the one of what it received (ArrivedDamaged).
net::HttpRequest PutBlock(const ContainerAddress& container, std::string_view blob, const BlockReceipt& block,
                          const ByteParts& data);

// Whether the answer says that something else arrived than `block`: either the service found that by the
// request's checksum (400 Md5Mismatch), or the one that it answers, x-ms-content-crc64, is another: the
// base64 form of the CRC's bytes in little-endian order.
bool ArrivedDamaged(const net::HttpResponse& response, const BlockReceipt& block);

// Where the service looks for the blocks of a list.
enum class BlockState { kUncommitted, kCommitted };
// <?xml ...?><BlockList><Uncommitted>{id}</Uncommitted>...</BlockList>.
std::string BlockListXml(std::span<const BlockReceipt> blocks, BlockState state);

// PUT {container}/{blob}?{SAS}&comp=blocklist. `xml` must outlive the request.
net::HttpRequest PutBlockList(const ContainerAddress& container, std::string_view blob, std::string_view xml,
                              const BlobProperties& properties);

// GET {blob}?{SAS}, for `bytes` bytes from `first` on.
net::HttpRequest GetRange(const BlobAddress& blob, uint64_t first, size_t bytes);

}  // namespace rawhaul::azure
