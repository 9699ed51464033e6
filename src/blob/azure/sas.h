// Container URLs with a shared access signature (SAS), read and checked without a request.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/http_client.h"

namespace rawhaul::azure {

// Where a container is and the right to write to it.
struct ContainerAddress {
  std::string
      url;  // encoded, without the query: "https://account.blob.core.windows.net/container"; no secret
  std::string prefix;  // decoded: what stands in front of every blob name, "a/b/" or ""
  Secret sas;          // the query, as given
  net::Reach reach = net::Reach::kPublicAddresses;
};

// Where a container URL leads, whatever its SAS is worth. Errors as below.
Result<ContainerAddress> LocateContainer(const Secret& container_url);

// Reads `https://{account}.blob.{domain}/{container}[/{prefix}]?{SAS}`, where a custom domain may stand for
// the host, or, where the host is an address or has no dot,
// `{origin}/{account}/{container}[/{prefix}]?{SAS}`. kInvalidArgument, with a reason of blob/reasons.h, when
// it is no such URL or when its SAS cannot serve to write blobs at the time `now`. What only the service can
// know (the signature itself, a stored access policy, the caller's address) is left to it.
Result<ContainerAddress> ParseContainerUrl(const Secret& container_url, Timestamp now);

// Where a blob is and the right to read it.
struct BlobAddress {
  std::string url;  // encoded, without the query; no secret
  Secret sas;       // the query, as given
  net::Reach reach = net::Reach::kPublicAddresses;
};

// The same for `https://{account}.blob.{domain}/{container}/{blob}?{SAS}`, whose SAS must serve to read the
// blob.
Result<BlobAddress> ParseBlobUrl(const Secret& storage_url, Timestamp now);

}  // namespace rawhaul::azure
