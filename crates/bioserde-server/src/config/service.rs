use bioserde_htsget::{Endpoint, Format, Organization as InfoOrganization, ServiceInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContactUrl, Time, WebUrl};

/// What the server says of itself at `/reads/service-info` and `/variants/service-info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// A name that no other service in the world has, best as a reversed domain name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The version of the service. Without it, that of bioserde.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is, in sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where to write to: a URL or a `mailto:` address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_url: Option<ContactUrl>,
    /// Where its documentation is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_url: Option<WebUrl>,
    /// When it was first deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// When it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// What it is for, such as `prod`, `test`, `dev` or `staging`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Who runs it.
    pub organization: Organization,
}

/// Who runs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Organization {
    /// The name of who runs the service.
    pub name: String,
    /// The web site of who runs the service.
    pub url: WebUrl,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            id: "localhost.bioserde".into(),
            name: "bioserde".into(),
            version: None,
            description: None,
            contact_url: None,
            documentation_url: None,
            created_at: None,
            updated_at: None,
            environment: None,
            organization: Organization::default(),
        }
    }
}

impl Default for Organization {
    fn default() -> Self {
        Self { name: "not named".into(), url: WebUrl::localhost() }
    }
}

impl Service {
    /// What service-info of an endpoint says, with the formats that a request may name there and
    /// whether `fields` and the two parameters of tags change what is sent.
    pub fn info(&self, endpoint: Endpoint, formats: Vec<Format>, fields: bool, tags: bool) -> ServiceInfo {
        let time = |time: &Option<Time>| time.as_ref().map(|time| time.0.clone());
        ServiceInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            version: self.version.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").into()),
            organization: InfoOrganization {
                name: self.organization.name.clone(),
                url: self.organization.url.to_string(),
            },
            description: self.description.clone(),
            contact_url: self.contact_url.as_ref().map(ContactUrl::to_string),
            documentation_url: self.documentation_url.as_ref().map(WebUrl::to_string),
            created_at: time(&self.created_at),
            updated_at: time(&self.updated_at),
            environment: self.environment.clone(),
            endpoint,
            formats,
            is_fields_effective: fields,
            is_tags_effective: tags,
        }
    }
}
