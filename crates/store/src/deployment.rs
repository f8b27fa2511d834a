//! What the database knows of the deployment's health.

use muster_rbac::{Action, Actor, Object, ResourceKind, authorize};

use crate::replicas::{self, Replica};
use crate::{Error, Store};

/// The database and those that share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Version of the database engine.
    pub engine_version: String,
    /// Every lease there is, the newest server first.
    pub replicas: Vec<Replica>,
}

impl Store {
    /// How the database and its servers are doing.
    ///
    /// # Errors
    /// Not allowed, or a failing database.
    pub async fn get_deployment(&self, actor: &Actor) -> Result<Deployment, Error> {
        let config = Object::of(ResourceKind::DeploymentConfig);
        authorize(actor, Action::Read, &config)?;
        self.read("deployment.get", |tx| {
            Box::pin(async move {
                let version = tx.query_one(query!("database/get_version"), &[]).await?;
                Ok(Deployment {
                    engine_version: version.get("version")?,
                    replicas: replicas::list(tx).await?,
                })
            })
        })
        .await
    }

    /// Whether the actor may see how the server was told to be.
    ///
    /// # Errors
    /// Not allowed.
    pub fn check_deployment_config(&self, actor: &Actor) -> Result<(), Error> {
        let config = Object::of(ResourceKind::DeploymentConfig);
        Ok(authorize(actor, Action::Read, &config)?)
    }
}
