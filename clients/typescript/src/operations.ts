// Made by scripts/generate.mjs of the OpenAPI document. Do not edit.
export const operations = {
  "searchImages": {
    "method": "GET",
    "path": "/v1/images",
    "int64": {
      "items": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        },
        "entries": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "variants": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "hosts": {
          "items": {
            "containerCount": true
          }
        },
        "containerCount": true,
        "matchedFiles": {
          "sizeBytes": true
        }
      }
    }
  },
  "getImage": {
    "method": "GET",
    "path": "/v1/images/{imageId}",
    "int64": {
      "image": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        }
      },
      "files": {
        "items": {
          "sizeBytes": true
        },
        "total": true
      },
      "hosts": {
        "items": {
          "containerCount": true
        }
      }
    }
  },
  "lookupImage": {
    "method": "GET",
    "path": "/v1/images/lookup",
    "int64": {
      "image": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        }
      },
      "files": {
        "items": {
          "sizeBytes": true
        },
        "total": true
      },
      "hosts": {
        "items": {
          "containerCount": true
        }
      }
    }
  },
  "batchGetImages": {
    "method": "POST",
    "path": "/v1/images/batch-get",
    "int64": {
      "items": {
        "value": {
          "image": {
            "sizeBytes": true,
            "findingCounts": {
              "vulnerabilities": true,
              "unsafeSettings": true,
              "maliciousFiles": true
            }
          },
          "files": {
            "items": {
              "sizeBytes": true
            },
            "total": true
          },
          "hosts": {
            "items": {
              "containerCount": true
            }
          }
        }
      }
    }
  },
  "listImageFiles": {
    "method": "GET",
    "path": "/v1/images/{imageId}/files",
    "int64": {
      "items": {
        "sizeBytes": true
      },
      "total": true
    }
  },
  "listImageBaseOs": {
    "method": "GET",
    "path": "/v1/images/{imageId}/base-os",
    "int64": {
      "total": true
    }
  },
  "listHosts": {
    "method": "GET",
    "path": "/v1/hosts",
    "int64": {
      "items": {
        "containerCount": true,
        "images": {
          "sizeBytes": true,
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          },
          "entries": {
            "findingCounts": {
              "vulnerabilities": true,
              "unsafeSettings": true,
              "maliciousFiles": true
            }
          },
          "variants": {
            "findingCounts": {
              "vulnerabilities": true,
              "unsafeSettings": true,
              "maliciousFiles": true
            }
          },
          "hosts": {
            "items": {
              "containerCount": true
            }
          },
          "containerCount": true,
          "matchedFiles": {
            "sizeBytes": true
          }
        }
      }
    }
  },
  "listHostImages": {
    "method": "GET",
    "path": "/v1/hosts/{hostId}/images",
    "int64": {
      "items": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        },
        "entries": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "variants": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "hosts": {
          "items": {
            "containerCount": true
          }
        },
        "containerCount": true,
        "matchedFiles": {
          "sizeBytes": true
        }
      }
    }
  },
  "getCatalogSummary": {
    "method": "GET",
    "path": "/v1/catalog/summary",
    "int64": {
      "riskiest": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        },
        "entries": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "variants": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        },
        "hosts": {
          "items": {
            "containerCount": true
          }
        },
        "containerCount": true,
        "matchedFiles": {
          "sizeBytes": true
        }
      }
    }
  },
  "exportCatalog": {
    "method": "GET",
    "path": "/v1/catalog/export"
  },
  "listCatalogChanges": {
    "method": "GET",
    "path": "/v1/catalog/changes"
  },
  "getCatalogStatus": {
    "method": "GET",
    "path": "/v1/catalog/status"
  },
  "listRegistryImages": {
    "method": "GET",
    "path": "/v1/registry-images",
    "int64": {
      "items": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        },
        "variants": {
          "findingCounts": {
            "vulnerabilities": true,
            "unsafeSettings": true,
            "maliciousFiles": true
          }
        }
      },
      "total": true
    }
  },
  "listLocalImages": {
    "method": "GET",
    "path": "/v1/local-images",
    "int64": {
      "items": {
        "sizeBytes": true,
        "findingCounts": {
          "vulnerabilities": true,
          "unsafeSettings": true,
          "maliciousFiles": true
        },
        "hostCount": true,
        "containerCount": true,
        "componentCount": true
      },
      "total": true
    }
  },
  "getMe": {
    "method": "GET",
    "path": "/v1/me"
  },
  "getBudget": {
    "method": "GET",
    "path": "/v1/admin/budget"
  },
  "getCacheState": {
    "method": "GET",
    "path": "/v1/admin/cache"
  },
  "listRecentProblems": {
    "method": "GET",
    "path": "/v1/admin/problems"
  },
  "purgeCache": {
    "method": "POST",
    "path": "/v1/admin/cache/purge"
  },
  "getHealth": {
    "method": "GET",
    "path": "/health"
  },
  "getLiveness": {
    "method": "GET",
    "path": "/health/live"
  },
  "getReadiness": {
    "method": "GET",
    "path": "/health/ready"
  }
} as const;
