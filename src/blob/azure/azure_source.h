// A blob of Azure Blob Storage, or of what speaks its protocol (Azurite).
#pragma once

#include <memory>

#include "base/retry_timer.h"
#include "blob/azure/sas.h"
#include "blob/source.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rawhaul::azure {

// `client` and `timer` must outlive the source.
std::unique_ptr<BlobSource> MakeSource(BlobAddress address, net::HttpClient& client,
                                       const net::RetryPolicy& retry, RetryTimer& timer);

}  // namespace rawhaul::azure
