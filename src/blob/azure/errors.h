// What an answer of the Blob service other than success means.
#pragma once

#include "base/result.h"
#include "blob/azure/sas.h"
#include "net/http_client.h"

namespace rawhaul::azure {

// `reason` is the service's own error code, empty when it gives none. The message names the container and
// what the service says, unless that repeats something of the SAS: services echo what they were sent.
Error ErrorOf(const net::HttpResponse& response, const ContainerAddress& container);

}  // namespace rawhaul::azure
