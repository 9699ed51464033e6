// A container of Azure Blob Storage, or of what speaks its protocol (Azurite).
#pragma once

#include <memory>

#include "base/retry_timer.h"
#include "blob/azure/sas.h"
#include "blob/container.h"
#include "net/http_client.h"
#include "net/retry.h"

namespace rawhaul::azure {

// `client` and `timer` must outlive the container.
std::unique_ptr<Container> MakeContainer(ContainerAddress address, net::HttpClient& client,
                                         const net::RetryPolicy& retry, RetryTimer& timer);

}  // namespace rawhaul::azure
